"""Topics for tests, made by the plain admin client."""

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code

from tests.support.eventually import eventually


async def create_topic(
    bootstrap: str, name: str, *, partitions: int = 1, replication: int = 1
) -> None:
    """Create a topic and wait until every partition has a leader.

    Raises a KafkaError; TopicAlreadyExistsError when it is there, whatever its partitions.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()

    async def has_leaders() -> bool:
        (topic,) = await admin.describe_topics([name])
        found = [part for part in topic["partitions"] if part["leader"] >= 0]
        return len(found) == partitions

    try:
        answer = await admin.create_topics([NewTopic(name, partitions, replication)])
        for _, code, message in answer.topic_errors:
            if code != 0:
                raise for_code(code)(message)
        await eventually(has_leaders)
    finally:
        await admin.close()
