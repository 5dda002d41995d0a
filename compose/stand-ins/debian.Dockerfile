# What all stand-ins share. rootfs.tar is a minimal Debian; apt/ is how the machine that builds reaches its packages.
FROM scratch
ADD rootfs.tar /
COPY apt/ /etc/apt/
COPY certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive
RUN apt-get update
CMD ["bash"]
