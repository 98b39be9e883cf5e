# Stops the stack; stopped when it returns. Stopping one that does not run changes nothing.
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'program.ps1')
$ErrorActionPreference = 'Continue' # what the program logs to standard error is no failure
$global:LASTEXITCODE = 1 # where Windows does not run it at all
& $program stop @args
exit $LASTEXITCODE
