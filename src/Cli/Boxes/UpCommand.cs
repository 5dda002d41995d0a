using System.CommandLine;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Boxes;

/// <summary>hunt up: a box that runs on after the command.</summary>
public static class UpCommand
{
    public static Command Create()
    {
        var name = BoxOptions.Name();
        var processors = new Option<int>("--processors")
        {
            Description = "processors that share the lanes, 1 to 16", DefaultValueFactory = _ => 2,
        };
        processors.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 16) result.AddError("--processors is a whole number from 1 to 16.");
        });
        return new HuntCommand("up", "Starts PostgreSQL, RabbitMQ and the services on this machine; returns when all are ready.",
            "./hunt up --processors 3",
            (parsed, cancel) => RunAsync(parsed.GetValue(name)!, parsed.GetValue(processors), cancel)) { name, processors };
    }

    private static async Task<ExitCode> RunAsync(string name, int processors, CancellationToken cancel)
    {
        using var alone = await Box.LockAsync(name, cancel);
        var box = Box.TryLoad(name);
        if (box is { Services.Count: > 0 } && box.Services.All(service => service.Process.IsAlive))
        {
            Screen.Note($"The box '{name}' runs already.");
            UpSummary.Print(box);
            return ExitCode.Ok;
        }
        if (box is { Services.Count: > 0 } or { ServerProcesses.Count: > 0 })
        {
            Screen.Note($"The box '{name}' had crashed; cleaning up and starting it again.");
            await BoxLife.StopAsync(box, deleteData: false);
        }
        box ??= Box.Create(name);
        await BoxLife.StartAsync(box, processors, cancel);
        UpSummary.Print(box);
        return ExitCode.Ok;
    }
}
