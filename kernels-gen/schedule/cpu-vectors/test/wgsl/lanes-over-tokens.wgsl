enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let tokens = i32(params.tokens);
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = lane & 7;
  let col_at0 = i_0;
  let i_1 = i32(u32(group) / 4u);
  let i_2 = group - i_1 * 4;
  let row_at0 = i_2;
  let batch_at0 = i_1;
  var acc_0 = f32();
  for (var k0_first = 0; k0_first < tokens; k0_first += 8) {
    let k0_mine = min(k0_first + lane, tokens - 1);
    let i_3 = row_at0 + 4 * k0_mine;
    let f_4 = arg0[i_3];
    let i_5 = min(8, tokens - k0_first);
    for (var step = 0; step < i_5; step += 1) {
      let k0 = k0_first + step;
      let i_6 = col_at0 + 8 * k0;
      let f_7 = arg1[i_6];
      let i_8 = u32(step);
      acc_0 = fma(subgroupShuffle(f_4, i_8), f_7, acc_0);
    }
  }
  let i_9 = 8 * row_at0 + col_at0;
  out[i_9] = acc_0;
}
