# Starts the stack in the background; ready when it returns. Options are those of `thor-stack start`:
#   .\start.ps1 --workbook 'C:\Users\you\Documents\RTD_TOS.xlsm'
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'program.ps1')
$ErrorActionPreference = 'Continue' # what the program logs to standard error is no failure
$global:LASTEXITCODE = 1 # where Windows does not run it at all
& $program start @args
exit $LASTEXITCODE
