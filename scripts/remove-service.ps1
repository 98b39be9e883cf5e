# Stops and removes the service that install-service.ps1 made. Needs an administrator. Ledger and logs stay.
#Requires -RunAsAdministrator
$ErrorActionPreference = 'Stop'

$name = 'thor-stack'
if (-not (Get-Service -Name $name -ErrorAction SilentlyContinue)) {
    Write-Output "there is no service $name"
    exit 0
}
Stop-Service -Name $name
& sc.exe delete $name | Out-Null
if ($LASTEXITCODE -ne 0) { throw "the service $name was not removed: sc.exe ended with $LASTEXITCODE" }
Write-Output "removed the service $name"
