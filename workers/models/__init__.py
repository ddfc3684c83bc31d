"""Keras models whose recurrent state goes in and comes out."""
