namespace TreasureHunt.ServiceDefaults.Settings;

/// <summary>A file that is only ever replaced as a whole: a reader finds the old content or the new one.</summary>
internal static class WholeFile
{
    /// <param name="flush">
    /// true: the content outlives a power cut. A crash of the process alone loses nothing that was handed to the system, so false is enough for
    /// what only tells of crashes.
    /// </param>
    public static void Replace(string path, ReadOnlySpan<byte> content, bool flush = true)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var beside = path + ".new";
        using (var stream = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            stream.Write(content);
            stream.Flush(flush);
        }
        File.Move(beside, path, overwrite: true);
    }
}
