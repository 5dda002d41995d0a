using System.CommandLine;
using Microsoft.Extensions.Configuration;
using TreasureHunt.Cli.Frame;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Cli.Boxes;

/// <summary>hunt migrate: the schema on your own servers. up does the same for its box. Safe to run twice and by two at once.</summary>
public static class MigrateCommand
{
    public static Command Create() => new HuntCommand(
        "migrate", "Creates or updates the schema on the servers the environment names (the variables the services read).",
        "Hunt__Instance=migrate ConnectionStrings__Postgres=… ./hunt migrate",
        async (_, cancel) =>
        {
            HuntOptions options;
            try
            {
                options = HuntOptions.From(new ConfigurationBuilder().AddEnvironmentVariables().Build());
            }
            catch (InvalidOperationException missing)
            {
                throw new CommandFailed(ExitCode.Usage, missing.Message, missing);
            }
            await RunAsync(options, cancel);
            return ExitCode.Ok;
        }) { Hidden = true };

    public static async Task RunAsync(HuntOptions options, CancellationToken cancel) => await Screen.StepAsync("schema", async () =>
    {
        try
        {
            await HuntStore.MigrateAsync(options, cancel);
            await SettingsStore.MigrateAsync(options, cancel);
        }
        catch (InvalidOperationException refused)
        {
            throw new CommandFailed(ExitCode.Failed, refused.Message, refused);
        }
    });
}
