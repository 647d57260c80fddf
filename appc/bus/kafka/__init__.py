"""The bus on Apache Kafka: controllers on any machine."""
