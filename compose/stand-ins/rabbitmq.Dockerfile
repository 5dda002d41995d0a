# Stands in for rabbitmq: the same variables and folders, the version is Debian's.
FROM treasure-hunt-stand-in/debian
RUN apt-get install -y --no-install-recommends rabbitmq-server && rm -rf /var/lib/rabbitmq/* /var/lib/rabbitmq/.erlang.cookie
ENV HOME=/var/lib/rabbitmq RABBITMQ_LOGS=-
COPY rabbitmq-entry /usr/local/bin/
VOLUME /var/lib/rabbitmq
EXPOSE 5672
ENTRYPOINT ["rabbitmq-entry"]
CMD ["rabbitmq-server"]
