"""
Courier as Debian brings it, started by Debian's own scripts: folders lie below INBOX
(`INBOX.Processed`), and there is no MOVE.
"""

from collections.abc import Mapping

from tests.servers.unpacked import NOBODY, PASSWORD, Unpacked


class Courier(Unpacked):
    """
    The server. Its one user stands in Courier's own list.
    """

    packages = ("courier-imap", "courier-authlib-userdb")
    starts_with = """
if ! test -d $HOME_OF_SERVICE; then
  mkdir $HOME_OF_SERVICE
  maildirmake.courier $HOME_OF_SERVICE/Maildir
  chown -R $OWNER:$OWNER $HOME_OF_SERVICE
fi
userdb service set home=$HOME_OF_SERVICE uid=$OWNER gid=$OWNER
printf '%s\\n%s\\n' $PASSWORD $PASSWORD | userdbpw | userdb service set systempw
makeuserdb
mkdir -p /run/courier/authdaemon
/usr/sbin/authdaemond start
/usr/lib/courier/imapd start
exec sleep infinity
"""

    def prepare(self) -> None:
        form = "{key}={value}"
        here = {"ADDRESS": self.host, "PORT": str(self.port)}
        self.lay("courier/imapd", form=form, values=here)
        self.lay("courier/authdaemonrc", form=form, values={"authmodulelist": '"authuserdb"'})

    def environ(self) -> Mapping[str, str]:
        home = str(self.folder / "service")
        return {"HOME_OF_SERVICE": home, "OWNER": str(NOBODY), "PASSWORD": PASSWORD}
