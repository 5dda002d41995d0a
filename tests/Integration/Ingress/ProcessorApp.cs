using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Settings;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>The real processor in this process.</summary>
internal sealed class ProcessorApp(WebApplication app) : IAsyncDisposable
{
    public static async Task<ProcessorApp> StartAsync(HuntOptions options)
    {
        var builder = Configured.Builder(options);
        var configured = builder.AddServiceDefaults("processors");
        builder.AddLiveSettings("processors");
        builder.AddLanes(configured);
        var app = builder.Build();
        await app.StartAsync();
        return new ProcessorApp(app);
    }

    public T Service<T>() where T : notnull => app.Services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        await app.StopInTimeAsync();
    }
}
