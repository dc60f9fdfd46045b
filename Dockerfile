# The worker in a container. Mount the three configuration files at /etc/mailbot and
# keep /var/lib/mailbot: the database and the signing key live there.
#
#   docker build -t mailbot .
#   docker run -v ./config:/etc/mailbot:ro -v mailbot:/var/lib/mailbot mailbot check
#   docker run -d --restart unless-stopped -v ./config:/etc/mailbot:ro \
#       -v mailbot:/var/lib/mailbot -e MAILBOT_IMAP__PASSWORD mailbot

FROM python:3.11-slim AS build
WORKDIR /src
# The environment itself has no pip: nothing that installs travels on.
RUN python -m venv --without-pip /opt/mailbot
COPY requirements.txt ./
RUN pip --python /opt/mailbot/bin/python install --no-cache-dir --only-binary :all: \
        --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY config config
COPY templates templates
COPY mailbot mailbot
RUN pip --python /opt/mailbot/bin/python install --no-cache-dir --no-deps .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/mailbot mailbot
# There before a volume is put over it: of a folder that an image lacks root is the owner.
RUN install -d -o mailbot -g mailbot -m 0700 /var/lib/mailbot/var
COPY --from=build /opt/mailbot /opt/mailbot
ENV PATH=/opt/mailbot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MAILBOT_CONFIG=/etc/mailbot
# var/mailbot.sqlite3 and var/token.key of the example stand below it.
WORKDIR /var/lib/mailbot
USER mailbot
VOLUME /var/lib/mailbot
STOPSIGNAL SIGTERM
# Whether somebody has to do something: what broke some minutes ago has its time to mend itself.
HEALTHCHECK --interval=60s --timeout=30s --start-period=2m --retries=2 CMD ["mailbot", "health"]
ENTRYPOINT ["mailbot"]
CMD ["run"]
