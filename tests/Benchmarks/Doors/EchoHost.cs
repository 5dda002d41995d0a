using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TreasureHunt.Tests.Benchmarks.Doors;

/// <summary>The least a .NET server can do with a request: bare Kestrel, no routing, no logs; the body goes back as it came.</summary>
public static class EchoHost
{
    /// <summary>Argument that makes the benchmarks' program this process.</summary>
    public const string Argument = "http-echo";

    public static async Task RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        app.Run(EchoAsync);
        await app.RunAsync();
    }

    private static async Task EchoAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        response.ContentLength = request.ContentLength ?? 0; // a question without a body: is it ready?
        response.ContentType = request.ContentType;
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(context.RequestAborted);
            foreach (var part in read.Buffer) response.BodyWriter.Write(part.Span);
            request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }
}
