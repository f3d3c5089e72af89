"""The lineage report: what a template is told (contexts) and how it becomes one HTML file."""
