using System.CommandLine;
using TreasureHunt.Cli.Api;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Demo;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Hunts;
using TreasureHunt.Cli.Lanes;
using TreasureHunt.Cli.Settings;
using TreasureHunt.Cli.Tests;
using TreasureHunt.Cli.Traces;
using TreasureHunt.Cli.Views;

namespace TreasureHunt.Cli;

/// <summary>./hunt with all its commands.</summary>
public static class HuntRoot
{
    public static RootCommand Create()
    {
        var root = new RootCommand("The treasure hunt engine: start it, play on it, turn its knobs, look inside.")
        {
            DemoCommand.Create(),
            UpCommand.Create(),
            DownCommand.Create(),
            DoctorCommand.Create(),
            HuntsCommand.Create(),
            BoardCommand.Create(),
            TraceCommand.Create(),
            FeedCommand.Create(),
            SettingsCommand.Create(),
            LanesCommand.Create(),
            ViewsCommand.Create(),
            TokenCommand.Create(),
            MigrateCommand.Create(),
            TestCommand.Create(),
            BenchCommand.Create(),
        };
        ExampleHelp.AddTo(root);
        return root;
    }
}
