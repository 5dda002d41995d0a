namespace TreasureHunt.ServiceDefaults.Settings;

/// <summary>A file that is only ever replaced as a whole: a reader finds the old content or the new one.</summary>
internal static class WholeFile
{
    /// <summary>The content outlives a power cut.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var beside = path + ".new";
        using (var stream = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }
        File.Move(beside, path, overwrite: true);
    }
}
