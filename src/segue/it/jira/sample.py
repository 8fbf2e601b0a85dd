"""Sample metrics, so that everything works without a login: made up, and marked as such."""

from segue.it.contracts import JiraMetrics

SOURCE = "Segue's sample data, which is nobody's project"


class SampleJira:
    """The same numbers for every project."""

    async def metrics(self, project: str) -> JiraMetrics:
        """The sample."""
        return JiraMetrics(
            project=project,
            name=f"Sample project {project}",
            total=42,
            to_do=12,
            in_progress=7,
            done=23,
            created_last_week=5,
            resolved_last_week=8,
            source=SOURCE,
            offline=True,
        )
