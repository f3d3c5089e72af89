"""The two graphs: the stage graph of one use and the derivation graph of all elements. networkx lives only here."""
