"""The processes of `oftc finetune --engine torch`, which train the printed blocks of a model."""
