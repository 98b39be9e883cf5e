# Starts the stack in the background; ready when it returns. Options are those of `thor-stack start`:
#   .\start.ps1 --workbook 'C:\Users\you\Documents\RTD_TOS.xlsm'
$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = [System.Text.Encoding]::UTF8
& (Join-Path $PSScriptRoot 'thor-stack.exe') start @args
exit $LASTEXITCODE
