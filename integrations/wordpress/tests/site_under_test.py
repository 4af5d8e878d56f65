"""A WordPress of its own for the tests: files, database, web server, and the ways in."""

import http.cookiejar
import json
import os
import pathlib
import re
import secrets
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request

from service_under_test import free_port

HERE = pathlib.Path(__file__).resolve().parent
PLUGIN = HERE.parent
PASSWORD = "correct horse battery staple"
CONFIG = """<?php
define( 'DB_NAME', '{database}' );
define( 'DB_USER', '{user}' );
define( 'DB_PASSWORD', '{password}' );
define( 'DB_HOST', '{host}' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
define( 'WP_HOME', '{url}' );
define( 'WP_SITEURL', '{url}' );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_LOG', '{log}' );
define( 'WP_DEBUG_DISPLAY', false );
define( 'DISABLE_WP_CRON', true );
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'WP_ACCESSIBLE_HOSTS', '127.0.0.1' );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_ENVIRONMENT_TYPE', 'local' );
define( 'AFTERWORD_ALLOW_INTERNAL_SERVICE', true );
define( 'AUTH_KEY', '{salt}' );
define( 'SECURE_AUTH_KEY', '{salt}' );
define( 'LOGGED_IN_KEY', '{salt}' );
define( 'NONCE_KEY', '{salt}' );
$table_prefix = 'wp_';
if ( ! defined( 'ABSPATH' ) ) {{
	define( 'ABSPATH', __DIR__ . '/' );
}}
require_once ABSPATH . 'wp-settings.php';
"""


class Site:
    def __init__(self):
        source = pathlib.Path(os.environ.get("WORDPRESS_DIR", "/usr/share/wordpress"))
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="afterword-wordpress-"))
        self.root = self.folder / "site"
        self.log = self.folder / "debug.log"
        self.database = "afterword_test_" + secrets.token_hex(4)
        self.server = None
        shutil.copytree(source, self.root, ignore=shutil.ignore_patterns("wp-config.php"), ignore_dangling_symlinks=True)
        (self.root / "wp-content/uploads").mkdir(exist_ok=True)
        shutil.copytree(PLUGIN, self.plugin, ignore=shutil.ignore_patterns("tests", "node_modules"))
        # Other plugins that stand beside ours, such as Yoast SEO.
        self.others = [pathlib.Path(path).name for path in os.environ.get("WORDPRESS_PLUGINS", "").split(":") if path]
        for path, name in zip(os.environ.get("WORDPRESS_PLUGINS", "").split(":"), self.others):
            shutil.copytree(path, self.root / "wp-content/plugins" / name)
        self.url = f"http://127.0.0.1:{free_port()}"
        self.host = os.environ.get("AFTERWORD_TEST_DB_HOST", "127.0.0.1:3306")
        self.user = os.environ.get("AFTERWORD_TEST_DB_USER", "root")
        self.password = os.environ.get("AFTERWORD_TEST_DB_PASSWORD", "")
        self.sql(f"CREATE DATABASE {self.database} CHARACTER SET utf8mb4")
        names = {name: getattr(self, name) for name in ("database", "user", "password", "host", "url", "log")}
        (self.root / "wp-config.php").write_text(CONFIG.format(salt=secrets.token_hex(32), **names))

    @property
    def plugin(self):
        return self.root / "wp-content/plugins/afterword"

    def sql(self, statement):
        host, _, port = self.host.partition(":")
        command = ["mariadb", "-h", host, "-P", port or "3306", "-u", self.user]
        environment = dict(os.environ, MYSQL_PWD=self.password)
        subprocess.run([*command, "-e", statement], check=True, env=environment)

    def start(self):
        environment = dict(os.environ, PHP_CLI_SERVER_WORKERS="6")
        address = self.url.removeprefix("http://")
        command = ["php", "-d", "max_execution_time=60", "-S", address, "-t", str(self.root)]
        output = open(self.folder / "php.log", "w")
        self.server = subprocess.Popen(command, stdout=output, stderr=output, env=environment, start_new_session=True)
        install = """
            require_once ABSPATH . 'wp-admin/includes/upgrade.php';
            wp_install( 'Harbour Gazette', 'admin', 'admin@example.org', false, '', $vars['password'] );
            $themes = array_keys( wp_get_themes() );
            switch_theme( $themes[0] );
            foreach ( array( 'editor', 'author', 'subscriber' ) as $role ) {
                wp_insert_user( array( 'user_login' => $role, 'user_pass' => $vars['password'], 'role' => $role ) );
            }
            return $GLOBALS['wp_version'];
        """
        self.version = self.php(install, install=True, password=PASSWORD)
        for folder in [*self.others, "afterword"]:
            self.php(
                "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
                "$done = activate_plugin( $vars['folder'] . '/' . array_key_first( get_plugins( '/' . $vars['folder'] ) ) );"
                "if ( is_wp_error( $done ) ) { throw new Exception( $done->get_error_message() ); }",
                folder=folder,
            )

    def stop(self):
        if self.server:
            os.killpg(self.server.pid, 15)
            self.server.wait()
        self.sql(f"DROP DATABASE IF EXISTS {self.database}")
        if not os.environ.get("AFTERWORD_TEST_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def php(self, code, user=0, cli=False, install=False, **variables):
        """Runs PHP inside WordPress and gives what it returns."""
        order = {"root": str(self.root), "code": code, "user": user, "cli": cli, "install": install, "vars": variables}
        done = subprocess.run(["php", str(HERE / "wp.php")], input=json.dumps(order), capture_output=True, text=True, timeout=120)
        if "\n@@@" not in done.stdout:
            raise AssertionError(f"PHP failed: {done.stdout[-2000:]} {done.stderr[-2000:]}")
        return json.loads(done.stdout.rpartition("\n@@@")[2])

    def settings(self, **changes):
        self.php("update_option( 'afterword_settings', array_merge( (array) get_option( 'afterword_settings', array() ), $vars ) );", **changes)

    def publish(self, title, content, **more):
        post = {"post_title": title, "post_content": content, "post_status": "publish", "post_author": 1, **more}
        return self.php("return wp_insert_post( wp_slash( $vars['post'] ), true );", user=1, post=post)

    def edit(self, post, **changes):
        return self.php("return wp_update_post( wp_slash( $vars['post'] ), true );", user=1, post={"ID": post, **changes})

    def content(self, post):
        return self.php("return get_post( $vars['id'] )->post_content;", id=post)

    def job(self, post):
        return self.php("$job = Afterword_Store::job( $vars['id'] ); return $job ? $job + array( 'due' => Afterword_Store::due( $vars['id'] ), 'now' => time() ) : null;", id=post)

    def items(self, post):
        return self.php("return Afterword_Publisher::items( get_post( $vars['id'] ) );", id=post)

    def section(self, post):
        return self.php("return Afterword_Publisher::section_state( get_post( $vars['id'] ) );", id=post)

    def blocks(self):
        """The blocks that WordPress and its plugins know."""
        return self.php("return array_keys( WP_Block_Type_Registry::get_instance()->get_all_registered() );")

    def cron(self):
        """What WP-Cron does when our event is due, now."""
        return self.php("wp_clear_scheduled_hook( Afterword_Jobs::EVENT ); return Afterword_Jobs::work();")

    def make_due(self):
        """Lets all waits be over."""
        self.php("delete_transient( Afterword_Jobs::PAUSE ); global $wpdb; $wpdb->query( $wpdb->prepare( \"UPDATE {$wpdb->postmeta} SET meta_value = %d WHERE meta_key = %s\", time(), Afterword_Store::DUE ) );")

    def page(self, post):
        with urllib.request.urlopen(f"{self.url}/?p={post}", timeout=60) as answer:
            return answer.read().decode()

    def browser(self, name):
        return Browser(self, name)


class Browser:
    """A session with cookies, for requests as a user makes them."""

    def __init__(self, site, name):
        self.site = site
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        if name:
            self.get("/wp-login.php")
            self.form("/wp-login.php", log=name, pwd=PASSWORD, testcookie="1")
            status, self.nonce = self.get("/wp-admin/admin-ajax.php?action=rest-nonce")
            assert status == 200, (name, status, self.nonce[:200])

    def send(self, path, data=None, headers=None, method=None):
        request = urllib.request.Request(self.site.url + path, data, headers or {}, method=method)
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def get(self, path):
        return self.send(path)

    def form(self, path, headers=None, **fields):
        return self.send(path, urllib.parse.urlencode(fields, doseq=True).encode(), headers)

    def rest(self, path, data=None):
        headers = {"Content-Type": "application/json"}
        if getattr(self, "nonce", None):
            headers["X-WP-Nonce"] = self.nonce
        body = None if data is None else json.dumps(data).encode()
        status, text = self.send("/index.php?rest_route=/afterword/v1" + path, body, headers)
        return status, json.loads(text)


def hidden_value(page, name):
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    return found.group(1) if found else ""
