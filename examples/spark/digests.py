"""Digests of a JSONL archive with Spark: each partition is piped through the filter.

    pip install pyspark
    python digests.py archive.jsonl out/ "afterword digest --jsonl"

The filter runs in the environment of this program. A partition whose filter ends with
another code than 0 and 3 fails, and Spark tries it again.
"""

import os
import shlex
import sys

from pyspark.sql import SparkSession

archive, out = sys.argv[1:3]
command = sys.argv[3] if len(sys.argv) > 3 else "afterword digest --jsonl"
# 3: none of these lines got a digest, and each says why.
script = f"{command}; code=$?; [ $code -eq 3 ] || exit $code"
spark = SparkSession.builder.appName("digests").getOrCreate()
lines = spark.sparkContext.textFile(archive, minPartitions=4)
answers = lines.pipe(shlex.join(["sh", "-c", script]), env=dict(os.environ), checkCode=True)
answers.saveAsTextFile(out)
spark.stop()
