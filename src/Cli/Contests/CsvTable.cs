namespace TreasureHunt.Cli.Contests;

/// <summary>A comma-separated file with a header row (RFC 4180: quotes, doubled quotes, line breaks inside quotes).</summary>
internal sealed class CsvTable
{
    private const int MaxFileMiB = 16;
    private readonly Dictionary<string, int> _columns = [];
    private readonly List<string[]> _rows = [];

    public string File { get; }

    private CsvTable(string file) => File = file;

    public IReadOnlyList<string[]> Rows => _rows;

    public bool Has(string column) => _columns.ContainsKey(column);

    public string Cell(string[] row, string column) => row[_columns[column]];

    public long Whole(string[] row, string column) =>
        long.TryParse(Cell(row, column), out var number)
            ? number
            : throw new ContestFormatException($"{File} row {_rows.IndexOf(row) + 2}", $"{column} '{Cell(row, column)}' is not a whole number");

    /// <summary>Null when there is no such file.</summary>
    /// <exception cref="ContestFormatException">a needed column is missing, or a row has another number of cells</exception>
    public static CsvTable? Read(string folder, string name, params string[] needed)
    {
        var file = new FileInfo(Path.Combine(folder, name));
        if (!file.Exists) return null;
        if (file.Length > MaxFileMiB * 1024 * 1024) throw new ContestFormatException(name, $"longer than {MaxFileMiB} MiB");
        var table = new CsvTable(name);
        var rows = Parse(System.IO.File.ReadAllText(file.FullName)).ToList();
        if (rows.Count == 0) throw new ContestFormatException(name, "is empty; expected a header row");
        for (var i = 0; i < rows[0].Length; i++) table._columns[rows[0][i].Trim('\uFEFF', ' ')] = i;
        foreach (var column in needed)
            if (!table.Has(column)) throw new ContestFormatException($"{name} row 1", $"has no column {column}");
        foreach (var row in rows.Skip(1))
        {
            if (row.Length != rows[0].Length) throw new ContestFormatException($"{name} row {table._rows.Count + 2}", $"has {row.Length} cells, the header {rows[0].Length}");
            table._rows.Add(row);
        }
        return table;
    }

    private static IEnumerable<string[]> Parse(string text)
    {
        var row = new List<string>();
        var cell = new System.Text.StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted)
            {
                if (c != '"') cell.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"') cell.Append(text[++i]);
                else quoted = false;
            }
            else if (c == '"') quoted = true;
            else if (c == ',' || c == '\n')
            {
                row.Add(cell.ToString());
                cell.Clear();
                if (c == ',') continue;
                yield return [.. row];
                row.Clear();
            }
            else if (c != '\r') cell.Append(c);
        }
        if (cell.Length == 0 && row.Count == 0) yield break;
        row.Add(cell.ToString());
        yield return [.. row];
    }
}
