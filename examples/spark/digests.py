"""Digests of a JSONL archive with Spark: each partition is piped through the filter.

    spark-submit digests.py archive.jsonl out/ "afterword digest --jsonl"

A partition whose filter ends with another code than 0 fails, and Spark tries it again.
"""

import sys

from pyspark.sql import SparkSession

archive, out = sys.argv[1:3]
command = sys.argv[3] if len(sys.argv) > 3 else "afterword digest --jsonl"
spark = SparkSession.builder.appName("digests").getOrCreate()
lines = spark.sparkContext.textFile(archive, minPartitions=4)
lines.pipe(command, checkCode=True).saveAsTextFile(out)
spark.stop()
