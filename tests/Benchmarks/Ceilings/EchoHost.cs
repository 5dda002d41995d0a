using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TreasureHunt.Tests.Benchmarks.Ceilings;

/// <summary>Bare Kestrel: gives back what it is sent. No routes, no logs, nobody is asked who he is.</summary>
public static class EchoHost
{
    /// <summary>Argument that makes the benchmarks' program this process.</summary>
    public const string Argument = "echo";

    public static async Task RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(async context =>
        {
            var length = (int)(context.Request.ContentLength ?? 0);
            context.Response.ContentLength = length;
            if (length == 0) return; // it is asked whether it is ready
            var body = new byte[length];
            await context.Request.Body.ReadExactlyAsync(body);
            await context.Response.Body.WriteAsync(body);
        });
        await app.RunAsync();
    }
}
