# Shows the stack and each supervisor; the exit code says how it is (0 healthy, 1 degraded, 3 not running).
$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = [System.Text.Encoding]::UTF8
& (Join-Path $PSScriptRoot 'thor-stack.exe') status @args
exit $LASTEXITCODE
