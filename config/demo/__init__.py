"""The demo: a year of eight invented customers, played through the real product.

Owns: the cast (vendor, customers, people, contracts), their usage exports generated from a
seed, and the story that uploads, closes, finalizes and trues up over HTTP and the queue.

Does not own: any rule. It inserts no count, draft, total or document: every figure that the
demo prints was made by the same operations that a customer's real month goes through.

Invariants: the exports are a pure function of the seed; a second run changes nothing.
"""
