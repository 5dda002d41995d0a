using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Serilog;
using Serilog.Core;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.ServiceDefaults.Health;
using TreasureHunt.ServiceDefaults.Stages;

namespace TreasureHunt.ServiceDefaults;

/// <summary>How every process is hosted: logs, telemetry, health, and what it was told from outside.</summary>
public static class Defaults
{
    /// <summary>Per connection: what is asked again and again is parsed and planned once.</summary>
    private const int MaxPreparedStatements = 32;

    public static HuntOptions AddServiceDefaults(this WebApplicationBuilder builder, string service)
    {
        var options = HuntOptions.From(builder.Configuration);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<StageTimes>();
        builder.Services.AddSingleton(_ => new Seal(options.SealKeyId, options.SealKey));

        var level = new LoggingLevelSwitch();
        builder.Services.AddSingleton(level);
        builder.Services.AddSerilog(log => log
            .MinimumLevel.ControlledBy(level)
            .MinimumLevel.Override("Microsoft", Serilog.Events.LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", Serilog.Events.LevelAlias.Off) // listening at all, it makes an activity and a log scope for every request
            .MinimumLevel.Override("Microsoft.Extensions.Diagnostics.HealthChecks", Serilog.Events.LogEventLevel.Fatal) // whoever asks is told
            .MinimumLevel.Override("Npgsql", Serilog.Events.LogEventLevel.Warning)
            .MinimumLevel.Override("Marten", Serilog.Events.LogEventLevel.Warning)
            .MinimumLevel.Override("JasperFx", Serilog.Events.LogEventLevel.Warning)
            .MinimumLevel.Override("TreasureHunt.Processors.Views.ActionsTable", Serilog.Events.LogEventLevel.Warning) // the daemon says each range in its name
            // Said with a stack trace for each message in hand when a channel closes, also when we close it to release a lane.
            .Filter.ByExcluding(entry => entry.MessageTemplate.Text.StartsWith("Consumer Channel Shutdown", StringComparison.Ordinal))
            .Enrich.WithProperty("Service", service)
            .Enrich.WithProperty("Instance", options.Instance)
            .Enrich.FromLogContext()
            .WriteTo.Console(outputTemplate: "{Timestamp:HH:mm:ss.fff} {Level:u3} {Instance} {Message:lj}{NewLine}{Exception}"));

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(service, serviceInstanceId: options.Instance))
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddMeter("MassTransit", "Marten", "Npgsql", "Polly", "TreasureHunt"));
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 })
        {
            telemetry
                .WithMetrics(metrics => metrics.AddOtlpExporter())
                .WithTracing(tracing => tracing // spans nobody collects would cost all the same
                    .AddAspNetCoreInstrumentation().AddSource("MassTransit", "Marten", "TreasureHunt").AddOtlpExporter());
        }

        builder.Services.SilenceBusUsage();
        builder.Services.AddHealthChecks();
        return options;
    }

    /// <summary>/health/live: the process runs. /health/ready: it can do its work.</summary>
    public static void MapServiceDefaults(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = HealthDetail.WriteAsync }).AllowAnonymous();
    }

    /// <summary>A pool of its own for each purpose, so that one cannot starve another.</summary>
    /// <param name="purpose">shown in pg_stat_activity beside the instance</param>
    /// <param name="idleInTransaction">a frozen process must not hold locks longer; null: no limit (leader locks)</param>
    public static NpgsqlDataSource DataSource(this HuntOptions options, string purpose, int maxPool, TimeSpan? idleInTransaction)
    {
        var connection = new NpgsqlConnectionStringBuilder(options.Postgres)
        {
            ApplicationName = $"{options.Instance}/{purpose}",
            MaxPoolSize = maxPool,
            MaxAutoPrepare = MaxPreparedStatements,
            TcpKeepAlive = true, // a server that is gone without a word is known by then, also where a statement may take minutes
            TcpKeepAliveTime = 10,
            TcpKeepAliveInterval = 3,
            NoResetOnClose = true, // nobody leaves anything in a session; resetting it is seven statements beside the one of a commit
        };
        if (idleInTransaction is { } limit)
            connection.Options = $"-c idle_in_transaction_session_timeout={(long)limit.TotalMilliseconds}";
        return new NpgsqlDataSourceBuilder(connection.ConnectionString).Build();
    }
}
