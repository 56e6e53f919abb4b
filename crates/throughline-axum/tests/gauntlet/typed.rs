//! The same contract through the typed client, over the same socket.

