# Stands in for dotnet/sdk: the SDK and the NuGet sources of the machine that builds.
FROM treasure-hunt-stand-in/debian
RUN apt-get install -y --no-install-recommends libicu72 libssl3 libstdc++6
COPY dotnet/ /usr/share/dotnet/
COPY nuget/ /usr/share/nuget-of-builder/
RUN mkdir -p ~/.nuget && cp -r /usr/share/nuget-of-builder ~/.nuget/NuGet
RUN ln -s /usr/share/dotnet/dotnet /usr/local/bin/dotnet
ENV DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
CMD ["bash"]
