"""The site's own test: under the test runner there is no stack."""

from django.test import SimpleTestCase


class StackPage(SimpleTestCase):
    def test_says_that_nothing_runs_here(self):
        self.assertEqual(self.client.get("/stack").json()["state"], "stopped")
