using Spectre.Console;

namespace FileMonitor.Cli;

/// <summary>
/// The last line of a terminal, redrawn in place. Callers that write lines call <see cref="Hide"/> first; their text then appears above it.
/// Draws nothing without a terminal.
/// </summary>
internal sealed class StatusLine(AnsiWriter writer, Terminal terminal)
{
    // Without wrapping (DECAWM) the terminal cuts the line at its edge, so its width need not be known.
    private const string DoNotWrap = "\e[?7l";
    private const string Wrap = "\e[?7h";

    private static readonly Style Look = new(decoration: Decoration.Dim);

    private string _text = "";
    private bool _shown;

    public void Show(string text)
    {
        _shown = _shown && text == _text;
        _text = text;
        ShowAgain();
    }

    public void ShowAgain()
    {
        if (_shown || !terminal.IsTerminal || _text.Length == 0)
        {
            return;
        }

        writer.Write("\r").Write(DoNotWrap).Write(_text, Look).EraseInLine(0).Write(Wrap);
        _shown = true;
    }

    public void Hide()
    {
        if (_shown)
        {
            writer.Write("\r").EraseInLine(2);
            _shown = false;
        }
    }
}
