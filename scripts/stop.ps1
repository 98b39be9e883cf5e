# Stops the stack; stopped when it returns. Stopping one that does not run changes nothing.
$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = [System.Text.Encoding]::UTF8
& (Join-Path $PSScriptRoot 'thor-stack.exe') stop @args
exit $LASTEXITCODE
