"""What things are: frozen documents, their enumerations, the vocabulary and the facts a judge knows."""
