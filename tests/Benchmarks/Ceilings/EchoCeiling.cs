using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Doors;

namespace TreasureHunt.Tests.Benchmarks.Ceilings;

/// <summary>HTTP with nothing behind it: an action's body posted to a bare Kestrel in a process of its own, over loopback, kept alive, one request at a time on each connection.</summary>
public static class EchoCeiling
{
    private const int Connections = 64;

    public static async Task<Ceiling> MeasureAsync(BenchServers servers, AcceptedAction action, int requests, CancellationToken cancel)
    {
        await using var echo = await ChildProcess.StartAsync(
            servers.Box, "echo", servers.Box.Servers!.Postgres, views: false, ["TreasureHunt.Tests.Benchmarks.dll", EchoHost.Argument], [], cancel);
        var body = JsonSerializer.SerializeToUtf8Bytes(action.Action, Wire.Default.HuntAction);
        byte[] request =
        [
            .. Encoding.ASCII.GetBytes($"POST /hunts/{action.Hunt}/actions HTTP/1.1\r\nHost: {echo.Address.Authority}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"),
            .. body,
        ];
        await PostAsync(requests / 5); // warm-up
        return await Ceiling.MeasureAsync(CeilingsPlan.Http, $"bare Kestrel gives back an action's {body.Length} bytes, {Connections} connections", requests, [echo.Pid], () => PostAsync(requests));

        async Task PostAsync(int count)
        {
            var left = count;
            await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
            {
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, echo.Address.Port, cancel);
                var answer = new byte[1024 + body.Length];
                var length = 0; // of an answer, known after the first: only its date changes
                while (Interlocked.Decrement(ref left) >= 0)
                {
                    await socket.SendAsync(request, cancel);
                    var got = 0;
                    while (got == 0 || got < length || (length == 0 && !IsWhole(answer.AsSpan(0, got))))
                    {
                        var read = await socket.ReceiveAsync(answer.AsMemory(got), cancel);
                        if (read == 0) throw new InvalidOperationException("The echo closed the connection.");
                        got += read;
                    }
                    length = got;
                    if (!answer.AsSpan(0, got).EndsWith(body)) throw new InvalidOperationException("The echo gave back something else.");
                }
            }, cancel)));
        }

        bool IsWhole(ReadOnlySpan<byte> answer) => answer.IndexOf("\r\n\r\n"u8) is var head and > 0 && answer.Length == head + 4 + body.Length;
    }
}
