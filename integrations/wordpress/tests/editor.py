"""The block editor in a headless Chromium, driven through chromedriver."""

import base64
import json
import subprocess
import urllib.error
import urllib.request

from service_under_test import free_port, wait_for
from site_under_test import PASSWORD

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Editor:
    def __init__(self, site):
        self.site = site
        self.port = free_port()
        self.driver = subprocess.Popen(
            ["chromedriver", f"--port={self.port}", "--silent"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1500,1400"]
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": arguments}, "goog:loggingPrefs": {"browser": "ALL"}}}}
        self.session = ""
        answer = wait_for(lambda: self.try_call("POST", "/session", wanted), 60, 0.5)
        self.session = "/session/" + answer["sessionId"]
        self.call("POST", "/timeouts", {"script": 60000, "pageLoad": 120000})
        self.log_in()

    def close(self):
        try:
            if self.session:
                self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()

    def try_call(self, *arguments):
        try:
            return self.call(*arguments)
        except OSError:
            return None

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.port}{self.session}{path}"
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=180) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()[:1000]) from error

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script, seconds=60):
        value = wait_for(lambda: self.run("try { return " + script + " } catch (e) { return false }"), seconds, 0.3)
        assert value, f"never true in the editor: {script}"
        return value

    def visit(self, path):
        self.call("POST", "/url", {"url": self.site.url + path})

    def log_in(self):
        self.visit("/wp-login.php")
        self.run(
            "document.querySelector('#user_login').value = 'admin';"
            "document.querySelector('#user_pass').value = arguments[0];"
            "document.querySelector('#loginform').submit();", PASSWORD)
        self.wait("document.body.classList.contains('wp-admin')")

    def open(self, post):
        """Opens a post and waits until its blocks are there."""
        # The question whether to leave a changed post would stop everything.
        self.run("window.onbeforeunload = null; if (window.jQuery) jQuery(window).off('beforeunload');")
        self.visit(f"/wp-admin/post.php?post={post}&action=edit")
        self.wait("window.wp && wp.data && wp.data.select('core/editor').getCurrentPostId() == %d" % post)
        self.wait("wp.data.select('core/editor').__unstableIsEditorReady ? wp.data.select('core/editor').__unstableIsEditorReady() : true")
        self.wait("wp.data.select('core/block-editor').getBlocks().length > 0 || wp.data.select('core/editor').getEditedPostContent() === ''")
        self.run(
            "wp.data.dispatch('core/edit-post').toggleFeature && wp.data.select('core/edit-post').isFeatureActive('welcomeGuide')"
            " && wp.data.dispatch('core/edit-post').toggleFeature('welcomeGuide');")

    def blocks(self):
        """Name, validity and place of every block."""
        return self.run(
            "const all = []; const walk = (blocks, depth) => blocks.forEach(b => {"
            "all.push({name: b.name, isValid: b.isValid, depth, issues: (b.validationIssues || []).map(i => (i.args || []).map(String).join(' ')),"
            " className: (b.attributes || {}).className || ''});"
            "walk(b.innerBlocks, depth + 1); }); walk(wp.data.select('core/block-editor').getBlocks(), 0); return all;")

    def warnings(self):
        """Warnings shown on blocks, in the page or in the canvas' frame."""
        return self.run(
            "const frame = document.querySelector('iframe[name=editor-canvas]');"
            "const roots = [document].concat(frame && frame.contentDocument ? [frame.contentDocument] : []);"
            "return roots.flatMap(r => [...r.querySelectorAll('.block-editor-warning')].map(e => e.textContent));")

    def open_panel(self):
        self.run("wp.data.dispatch('core/edit-post').openGeneralSidebar('afterword/afterword')")
        self.wait("document.querySelector('.afterword-panel')")

    def press(self, name):
        find = f"document.querySelector('[data-afterword={name}]:not([disabled])')"
        self.wait(find)
        self.run(find + ".click()")

    def save(self):
        self.run("wp.data.dispatch('core/editor').savePost()")
        self.wait("!wp.data.select('core/editor').isSavingPost() && !wp.data.select('core/editor').isEditedPostDirty()")

    def errors(self):
        """Errors of ours in the console. The 409 is the answer that asks before it
        replaces edits."""
        entries = self.call("POST", "/se/log", {"type": "browser"})
        texts = [entry["message"] for entry in entries]
        return [text for text in texts if "afterword" in text and "status of 409" not in text]

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("GET", "/screenshot")))
