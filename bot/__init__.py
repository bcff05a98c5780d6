"""The Teams door: Bot Framework, aiohttp, cards, notices to chats, the worker and the command line."""
