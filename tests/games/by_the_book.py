"""Both games once more, slowly and field by field, as a person plays them: what the array functions are held to."""

from __future__ import annotations

Board = tuple[str, ...]
"""Rows from above, of x, o and points."""
SIZES = {"tic_tac_toe": (3, 3, 3), "connect_four": (6, 7, 4)}
"""Rows, columns, stones in a row that win."""


def empty(game: str) -> Board:
    rows, columns, _ = SIZES[game]
    return ("." * columns,) * rows


def free_moves(game: str, board: Board) -> list[int]:
    if game == "connect_four":
        return [column for column in range(7) if board[0][column] == "."]
    return [3 * row + column for row in range(3) for column in range(3) if board[row][column] == "."]


def turn_of(board: Board) -> str:
    return "x" if "".join(board).count("x") == "".join(board).count("o") else "o"


def after(game: str, board: Board, move: int) -> Board:
    row, column = divmod(move, 3)
    if game == "connect_four":
        column = move
        row = max(row for row in range(6) if board[row][column] == ".")
    changed = board[row][:column] + turn_of(board) + board[row][column + 1 :]
    return (*board[:row], changed, *board[row + 1 :])


def winner(game: str, board: Board) -> str:
    rows, columns, length = SIZES[game]
    for row in range(rows):
        for column in range(columns):
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
                last_row, last_column = row + (length - 1) * down, column + (length - 1) * right
                if last_row < rows and 0 <= last_column < columns:
                    seen = {board[row + n * down][column + n * right] for n in range(length)}
                    if seen in ({"x"}, {"o"}):
                        return seen.pop()
    return ""


def value(board: Board, known: dict[Board, int]) -> int:
    """What a board of tic-tac-toe comes to for the player to move, both playing perfectly, by plain recursion."""
    if board not in known:
        moves = free_moves("tic_tac_toe", board)
        if winner("tic_tac_toe", board):
            known[board] = -1
        elif not moves:
            known[board] = 0
        else:
            known[board] = max(-value(after("tic_tac_toe", board, move), known) for move in moves)
    return known[board]
