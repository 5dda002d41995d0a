using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>A service's builder as its environment would configure it, on a free port.</summary>
internal static class Configured
{
    public static WebApplicationBuilder Builder(HuntOptions options)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Hunt:Instance"] = options.Instance,
            ["ConnectionStrings:Postgres"] = options.Postgres,
            ["ConnectionStrings:RabbitMq"] = options.RabbitMq.ToString(),
            ["Hunt:DataDir"] = options.DataDir,
            ["Hunt:Lanes"] = options.Lanes.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["Hunt:Weight"] = options.Weight.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["Hunt:SealKey"] = Convert.ToBase64String(options.SealKey),
            ["Hunt:TokenKey"] = Convert.ToBase64String(options.TokenKey),
        });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        return builder;
    }
}
