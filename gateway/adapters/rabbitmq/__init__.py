"""The queue on RabbitMQ: quorum queues, confirmed publishing, delays by published copies."""
