"""Reading alerts, as a subscriber does: python -m alerts tail.

It knows the contract of the topic (docs/subscribe.md) and nothing of the flow.

event      what a message of the topic says
words      the same for people
selection  which of the events are wanted
topic      the events, as they come
settings   where the topic is
tail       the command
"""
