"""
Exim, set up as hosting panels do it: a login wherever mail is to go into the world, and the
firm's own domain looked up at RCPT.
"""

from tests.servers.unpacked_relay import OWN_VAR, UnpackedRelay

_CONFIGURATION = """
primary_hostname = {name}
local_interfaces = {host}
daemon_smtp_ports = {submission} : {smtps}
tls_on_connect_ports = {smtps}
tls_advertise_hosts = *
tls_certificate = /etc/mail.cert
tls_privatekey = /etc/mail.key
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
message_size_limit = {size_limit}
acl_smtp_rcpt = check_rcpt
# No name server is asked.
host_lookup =
rfc1413_query_timeout = 0s
keep_environment =
domainlist local_domains = {domain}

begin acl
check_rcpt:
  deny message = relay not permitted
    !authenticated = *
    domains = ! +local_domains
  require verify = recipient
  accept control = submission/sender_retain

begin routers
known:
  driver = manualroute
  domains = +local_domains
  local_parts = {known}
  transport = onward
  route_list = * {host} byname
  self = send
unknown:
  driver = redirect
  domains = +local_domains
  allow_fail
  data = :fail: No Such User Here
world:
  driver = manualroute
  transport = onward
  route_list = * {host} byname
  self = send

begin transports
onward:
  driver = smtp
  port = {sink_port}
  allow_localhost

begin retry
* * F,1h,2s

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = ${{if and{{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
"""


class Exim(UnpackedRelay):
    """
    Debian's Exim with everything in it.
    """

    packages = ("exim4-daemon-heavy",)
    users = ("Debian-exim",)
    file = "exim4/exim4.conf"
    configuration = _CONFIGURATION
    starts_with = f"""{OWN_VAR}
install -d -o Debian-exim -g Debian-exim /run/exim4 /var/spool/exim4 /var/log/exim4
chown Debian-exim /etc/mail.key
exec exim4 -bdf -q2s
"""
