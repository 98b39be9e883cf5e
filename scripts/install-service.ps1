# Installs the stack as a Windows service, which runs without anybody logged on. Needs an administrator. It runs as the
# user who is asked for, whose workbook and ledger it reads; mapped drives are not there, so name a share by its \\path.
# What follows is passed on to the service:
#   .\install-service.ps1 --workbook '\\server\quotes\RTD_TOS.xlsm'
$ErrorActionPreference = 'Stop'

$name = 'thor-stack'
$program = Join-Path $PSScriptRoot 'thor-stack.exe'
if (-not (Test-Path -LiteralPath $program)) { throw "$program is not there: keep the scripts beside it" }
if (Get-Service -Name $name -ErrorAction SilentlyContinue) { throw "there is a service $name: run remove-service.ps1 first" }

$quoted = @($program, 'service') + $args | ForEach-Object { if ($_ -match '[\s"]') { '"' + ($_ -replace '"', '\"') + '"' } else { $_ } }
$user = [System.Security.Principal.WindowsIdentity]::GetCurrent().Name
$credential = Get-Credential -UserName $user -Message 'The account that the service runs as; it needs the right "Log on as a service"'
New-Service -Name $name -DisplayName 'thor-stack' -StartupType Automatic -Credential $credential `
    -Description 'Background workers of a futures trader''s stack' -BinaryPathName ($quoted -join ' ') | Out-Null

# Started again 1 s, 10 s, then a minute after a failure; the count begins anew after a day. An exit with an error counts too.
& sc.exe failure $name reset= 86400 actions= restart/1000/restart/10000/restart/60000 | Out-Null
& sc.exe failureflag $name 1 | Out-Null
Start-Service -Name $name
Write-Output "installed the service $name as $($credential.UserName)"
