"""How good the recommended model of a study is, beside forecasts without a network and beside NeuralForecast."""
