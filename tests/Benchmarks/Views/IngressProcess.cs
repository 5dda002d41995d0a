using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Benchmarks.Views;

/// <summary>The real ingress in a process of its own, for those who look; the actions come in beside it.</summary>
public sealed class IngressProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly byte[] _tokenKey;

    private IngressProcess(ChildProcess process, byte[] tokenKey)
    {
        (_process, _tokenKey) = (process, tokenKey);
        Http = Client(receiveBufferBytes: null);
    }

    /// <summary>As many connections as are asked for.</summary>
    public HttpClient Http { get; }

    public double Megabytes => ProcessTree.ResidentBytes(_process.Pid) / 1e6;

    public static async Task<IngressProcess> StartAsync(BenchServers servers, ArmDatabase database, CancellationToken cancel) => new(
        await ChildProcess.StartAsync(servers.Box, "ingress-1", database.ConnectionString, views: false, ["TreasureHunt.Ingress.dll"], [], cancel),
        servers.Options("bench", database).TokenKey);

    /// <param name="receiveBufferBytes">what the client's socket takes unread; null: what the system thinks</param>
    public HttpClient Client(int? receiveBufferBytes) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancel) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            if (receiveBufferBytes is { } bytes) socket.ReceiveBufferSize = bytes;
            await socket.ConnectAsync(context.DnsEndPoint, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = _process.Address, Timeout = TimeSpan.FromMinutes(2), DefaultRequestVersion = HttpVersion.Version11 };

    public HttpRequestMessage Get(string path, string subject)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Bearer", Tokens.Mint(_tokenKey, subject, Tokens.AnyHunt, TimeSpan.FromHours(6), TimeProvider.System, Role.Organiser));
        return request;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync();
    }
}
