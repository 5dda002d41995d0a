using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace TreasureHunt.Tests.Benchmarks.Load;

/// <param name="RetryAfter">it says when to come again</param>
public readonly record struct HttpAnswer(int Status, bool RetryAfter);

/// <summary>
/// A kept-alive HTTP/1.1 connection: a request's bytes out, a whole answer in, one at a time. So little, because the load generator shares the
/// machine with what it measures: HttpClient would cost more than the servers do.
/// </summary>
public sealed class HttpConnection : IDisposable
{
    private const int MaxAnswerBytes = 16 * 1024;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _answer = new byte[MaxAnswerBytes];

    public static async Task<HttpConnection> OpenAsync(Uri server, CancellationToken cancel)
    {
        var connection = new HttpConnection();
        await connection._socket.ConnectAsync(IPAddress.Parse(server.Host), server.Port, cancel);
        return connection;
    }

    /// <exception cref="IOException">the server closed, or answers in a way this does not read</exception>
    public async ValueTask<HttpAnswer> AskAsync(ReadOnlyMemory<byte> request, CancellationToken cancel)
    {
        for (var sent = 0; sent < request.Length;) sent += await _socket.SendAsync(request[sent..], SocketFlags.None, cancel);
        for (var filled = 0; filled < _answer.Length;)
        {
            var read = await _socket.ReceiveAsync(_answer.AsMemory(filled), SocketFlags.None, cancel);
            if (read == 0) throw new IOException("The server closed a connection.");
            filled += read;
            if (Whole(_answer.AsSpan(0, filled)) is { } answer) return answer;
        }
        throw new IOException($"An answer is larger than {MaxAnswerBytes} bytes.");
    }

    public void Dispose() => _socket.Dispose();

    /// <returns>null: more is to come</returns>
    private static HttpAnswer? Whole(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0) return null;
        var head = bytes[..(end + 2)];
        var body = bytes[(end + 4)..];
        var length = Header(head, "\r\nContent-Length: "u8);
        var whole = length.Length > 0 && Utf8Parser.TryParse(length, out int expected, out _) ? body.Length >= expected : body.EndsWith("0\r\n\r\n"u8); // else in chunks
        if (!whole) return null;
        return Utf8Parser.TryParse(head["HTTP/1.1 ".Length..], out int status, out _)
            ? new HttpAnswer(status, Header(head, "\r\nRetry-After: "u8).Length > 0)
            : throw new IOException("An answer without a status.");
    }

    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        var at = head.IndexOf(name);
        return at < 0 ? default : head[(at + name.Length)..];
    }
}
