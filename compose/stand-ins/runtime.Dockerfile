# Stands in for dotnet/aspnet: the runtime alone, and the user "app" of the real image.
FROM treasure-hunt-stand-in/debian
RUN apt-get install -y --no-install-recommends libicu72 libssl3 libstdc++6 && useradd --uid 1654 --create-home app
COPY runtime/ /usr/share/dotnet/
RUN ln -s /usr/share/dotnet/dotnet /usr/local/bin/dotnet
CMD ["bash"]
