using System.CommandLine;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Boxes;

/// <summary>hunt down: ends everything a box started.</summary>
public static class DownCommand
{
    public static Command Create()
    {
        var name = BoxOptions.Name();
        var delete = new Option<bool>("--delete-data") { Description = "delete the box's data and keys too; otherwise the next up goes on with them" };
        return new HuntCommand("down", "Stops everything a box started.", "./hunt down --delete-data",
            (parsed, cancel) => RunAsync(parsed.GetValue(name)!, parsed.GetValue(delete), cancel)) { name, delete };
    }

    private static async Task<ExitCode> RunAsync(string name, bool deleteData, CancellationToken cancel)
    {
        using var alone = await Box.LockAsync(name, cancel);
        if (Box.TryLoad(name) is not { } box)
        {
            Screen.Note($"There is no box '{name}'.");
            return ExitCode.Ok;
        }
        await BoxLife.StopAsync(box, deleteData);
        Screen.Note(deleteData ? $"The box '{name}' is down and its data is deleted." : $"The box '{name}' is down; its data is kept.");
        return ExitCode.Ok;
    }
}
