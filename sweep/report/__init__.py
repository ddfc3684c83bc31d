"""The report of a study: from storage to content, from content to a page."""
