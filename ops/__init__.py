"""Set-up, the embedded servers, the process runner, the browser finder. Imports no app."""
